exports.handler = async ({ data }) => {
  if (data === "loop") for (;;) {}
  if (data === "pending") await new Promise(() => {});
  return "in time";
};
