exports.foo = () => "never";

throw new Error("the database is on fire");
