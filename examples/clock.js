/** Says on its log when it was called. */
exports.tick = (event) => {
  console.log(`tick at ${event["event-time"]}`);
  return "tock";
};
