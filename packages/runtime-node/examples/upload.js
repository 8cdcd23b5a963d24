/** A multipart body is left in the request's stream: nothing is held in memory. */
exports.handler = async (event) => {
  let length = 0;
  for await (const chunk of event.extensions.request) length += chunk.length;
  return { type: event.extensions.request.get("content-type").split(";")[0], length };
};
