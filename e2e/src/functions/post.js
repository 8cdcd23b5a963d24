exports.handler = (event) => {
  const {
    "event-id": id,
    "event-type": type,
    "event-time": time,
    "event-namespace": namespace,
    data,
  } = event;
  console.log(JSON.stringify({ id, type, time, namespace, data }));
  return data;
};
