const { hello } = require("is-not-there");

exports.foo = () => hello();
