const merge = require("lodash/merge");

exports.handler = (event) => merge({ date: `${new Date().toISOString().slice(11, 19)} UTC` }, event.data);
