exports.handler = () => {
  throw new Error("no such customer");
};
