#!/usr/bin/env node
import { start } from "../start.ts";

/** kubectl asks the program of this name what can follow `kubectl kubeless …`. */
await start(process, process.env, "kubectl_complete-kubeless");
