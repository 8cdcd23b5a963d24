const { greeting } = require("./lib/greeting.js");

exports.helloGet = () => greeting("world");
