export {
  type LocalPlatform,
  type StartLocalPlatformOptions,
  startLocalPlatform,
} from "./start-local-platform.ts";
