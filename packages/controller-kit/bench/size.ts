export const OBJECTS = 10_000;
export const EVENTS = 100_000;
