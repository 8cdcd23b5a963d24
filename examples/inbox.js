/** Says on its log what a message brought, and where it came from. */
exports.take = (event) => {
  console.log(`${event["event-namespace"]} brought: ${event.data.text}`);
};
