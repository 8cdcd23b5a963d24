exports.env = ({ data: names }) => Object.fromEntries(names.map((name) => [name, process.env[name]]));
