/** Logs what came and sends it back. */
exports.handler = (event) => {
  console.log(event);
  return event.data;
};
