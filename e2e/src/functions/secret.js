const { readFileSync } = require("node:fs");

exports.read = () => readFileSync(process.env.SECRET_FILE ?? "/test-secret/key", "utf8");
