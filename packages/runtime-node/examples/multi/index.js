const { greeting } = require("./lib/greeting");

exports.helloGet = () => greeting("world");
