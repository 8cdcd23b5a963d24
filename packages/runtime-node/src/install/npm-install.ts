import { spawn } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { RuntimeFailure } from "../errors.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** npm's own variables and these are handed on; the rest of the environment is not npm's business. */
const handedOn =
  /^(PATH|LANG|TZ|SSL_CERT_(FILE|DIR)|NODE_(EXTRA_CA_CERTS|USE_SYSTEM_CA|USE_ENV_PROXY|OPTIONS)|(https?|no|all)_proxy|npm_config_.*)$/i;

/** How much of npm's output the reason is looked for in: how npm is used, which it may add, takes 5 kB. */
const lastWordsBytes = 65_536;

/**
 * Installs a function's dependencies into `KUBELESS_INSTALL_VOLUME`, where the function's file finds them: as the
 * lockfile beside `KUBELESS_DEPS_FILE` says (`npm ci`), without one as `package.json` allows
 * (`npm install --omit=dev`). Arguments go to npm as a list; no shell reads them.
 *
 * `NPM_REGISTRY`, `NPM_SCOPE` and `NPM_CONFIG_EXTRA` (`key value` or `key=value`, as the original's
 * scripts took it; more on lines of their own) are npm settings; `KUBELESS_NPMRC` names an `.npmrc`, such as one from a Secret.
 * @throws RuntimeFailure `SETTINGS_INVALID` or `INSTALL_FAILED`, with npm's last words.
 */
export async function installDependencies(environment: Environment): Promise<void> {
  const folder = environment.KUBELESS_INSTALL_VOLUME || "/kubeless";
  const depsFile = environment.KUBELESS_DEPS_FILE || join(folder, "package.json");
  const settings = npmSettings(environment);
  const home = await mkdtemp(join(tmpdir(), "npm-"));
  try {
    const locked = await placeFiles(depsFile, folder);
    const npmrc = environment.KUBELESS_NPMRC;
    const own = { HOME: home, npm_config_cache: join(home, "cache"), npm_config_update_notifier: "false" };
    const env = {
      ...pick(environment),
      ...own,
      ...(npmrc ? { npm_config_userconfig: npmrc } : {}),
      ...settings,
    };
    const command = locked ? ["ci"] : ["install"];
    await runNpm([...command, "--omit=dev", "--no-audit", "--no-fund", "--prefix", folder], env, folder);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** Puts package.json and its lockfile where npm looks for them; true if there is a lockfile. */
async function placeFiles(depsFile: string, folder: string): Promise<boolean> {
  await checkManifest(depsFile);
  await mkdir(folder, { recursive: true });
  await copyUnlessSame(depsFile, join(folder, "package.json"));
  for (const name of ["package-lock.json", "npm-shrinkwrap.json"])
    if (await copyIfThere(join(dirname(depsFile), name), join(folder, name))) return true;
  return false;
}

async function checkManifest(depsFile: string): Promise<void> {
  try {
    JSON.parse(new TextDecoder().decode(await readFile(depsFile)));
  } catch (cause) {
    throw new RuntimeFailure("INSTALL_FAILED", `${basename(depsFile)}: ${(cause as Error).message}`, {
      cause,
    });
  }
}

async function copyIfThere(from: string, to: string): Promise<boolean> {
  try {
    await copyUnlessSame(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

async function copyUnlessSame(from: string, to: string): Promise<void> {
  if (resolve(from) === resolve(to)) await readFile(from);
  else await copyFile(from, to);
}

function pick(environment: Environment): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => handedOn.test(name)));
}

/** As variables, which npm reads as settings: secrets in them are in no process list. */
function npmSettings(environment: Environment): Record<string, string> {
  const { NPM_REGISTRY: registry, NPM_SCOPE: scope, NPM_CONFIG_EXTRA: extra } = environment;
  const settings = extra
    ? extra
        .split("\n")
        .map((line) => line.trim())
        .filter(Boolean)
        .map(parseSetting)
    : [];
  if (registry)
    settings.unshift([
      scope ? `${scope.startsWith("@") ? scope : `@${scope}`}:registry` : "registry",
      registry,
    ]);
  return Object.fromEntries(settings.map(([name, value]) => [`npm_config_${name}`, value]));
}

function parseSetting(line: string): [name: string, value: string] {
  const [, name, value] = /^(?:set\s+)?([^\s=]+)\s*(?:=\s*|\s+)(.*)$/.exec(line) ?? [];
  if (name !== undefined && value !== undefined) return [name, value];
  throw new RuntimeFailure("SETTINGS_INVALID", `NPM_CONFIG_EXTRA has "${line}", which is not "key value"`);
}

async function runNpm(args: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Promise<void> {
  const { promise, resolve: ended, reject } = Promise.withResolvers<number | string | null>();
  const npm = spawn("npm", args, { env, cwd, stdio: ["ignore", "inherit", "pipe"] });
  let words = "";
  npm.stderr.on("data", (chunk: Buffer) => {
    process.stderr.write(chunk);
    words = (words + chunk).slice(-lastWordsBytes);
  });
  npm.once("error", (cause) =>
    reject(new RuntimeFailure("INSTALL_FAILED", `npm cannot be started (${cause.message})`, { cause })),
  );
  npm.once("close", (code, signal) => ended(code ?? signal));
  const outcome = await promise;
  if (outcome !== 0)
    throw new RuntimeFailure("INSTALL_FAILED", `npm ${args[0]} ended with ${outcome}\n${reasonIn(words)}`);
}

/** npm tells the reason first, then how it is used if that was wrong, and where its log is last. */
function reasonIn(words: string): string {
  const lines = words
    .split("\n")
    .filter((line) => !/complete log|npm (warn|notice)|^(npm (error|ERR!))?\s*$/i.test(line))
    .map((line) => line.slice(0, 300));
  const usage = lines.findIndex((line) => /^npm \S+ Usage:/.test(line));
  const told = usage < 0 ? lines : lines.slice(0, usage - 1); // What the command is for stands above.
  return (told.length <= 12 ? told : [...told.slice(0, 4), "…", ...told.slice(-8)]).join("\n");
}
