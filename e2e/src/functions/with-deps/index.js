const { camelCase } = require("lodash");

exports.say = ({ data }) => `${camelCase(data)} ${require("lodash/package.json").version}`;
