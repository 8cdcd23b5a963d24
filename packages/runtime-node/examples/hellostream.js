const { Readable } = require("node:stream");
const { finished } = require("node:stream/promises");

/** Answers by piping into the response; the promise tells when it is done. */
exports.foo = (event) => {
  const { response } = event.extensions;
  Readable.from(["hello", " ", "world"]).pipe(response);
  return finished(response);
};
