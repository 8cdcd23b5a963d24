/** Says which event it was called for: a Kubeless header or a CloudEvent of any mode, it is the same here. */
exports.handler = (event) => `${event["event-type"]} ${event["event-id"]} from ${event["event-namespace"]}`;
