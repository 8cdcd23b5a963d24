const { Readable } = require("node:stream");

exports.foo = (event) =>
  new Promise((resolve, reject) => {
    const { response } = event.extensions;
    response.on("finish", resolve).on("error", reject);
    Readable.from(["hello ", "world"]).pipe(response);
  });
