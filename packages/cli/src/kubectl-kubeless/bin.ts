#!/usr/bin/env node
import { start } from "../start.ts";

/** `kubectl kubeless …`: kubectl runs the program of this name. */
await start(process, process.env, "kubectl-kubeless");
