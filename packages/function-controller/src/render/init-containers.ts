import { REVISION_KEYS, type RuntimeImage } from "@kubeless/api-types";
import type { Wire } from "@kubeless/controller-kit";
import type { V1Container, V1EnvVar, V1VolumeMount } from "@kubernetes/client-node";
import { byKey } from "./by-key.ts";
import { mapEnv, PATHS, VOLUMES } from "./containers.ts";
import { type Phase, toPhaseName } from "./phases.ts";
import type { Plan, SourcePlan } from "./plan.ts";
import type { Runtime } from "./runtime.ts";
import { restrictContainer } from "./security.ts";
import { toFileName } from "./source.ts";

type Container = Wire<V1Container>;
type EnvVar = Wire<V1EnvVar>;
type VolumeMount = Wire<V1VolumeMount>;

/** The phases that bring a function's code into its pod, before the user's own init containers. */
export function renderInitContainers(plan: Plan): Container[] {
  const own = (plan.podOverrides.initContainers ?? []).filter(
    ({ name, image }) => name !== undefined && image !== undefined,
  );
  const { source, runtime } = plan;
  if (source === undefined || runtime === undefined) return own;
  const { installImage, compileImage } = runtime;
  return [
    renderPrepare(plan, source, runtime),
    ...(installImage !== undefined && source.hasDependencies
      ? [renderInstall(plan, installImage, runtime)]
      : []),
    ...(compileImage !== undefined ? [renderCompile(plan, source, compileImage)] : []),
    ...own,
  ];
}

/** Every argument is a word of its own: no shell ever reads what a user wrote. */
function renderPrepare(plan: Plan, source: SourcePlan, runtime: Runtime): Container {
  const { dependenciesName, fileNameSuffix } = runtime;
  const hasOwnDependencies =
    Boolean(plan.spec.deps) && !source.hasBundledDependencies && dependenciesName !== "";
  const command = [
    "kubeless-provision",
    ...["--source", `${PATHS.revision}/${REVISION_KEYS.source}`],
    ...["--encoding", source.encoding],
    ...["--format", source.format],
    ...["--name", toFileName(source.handler.module, fileNameSuffix, source.contentType)],
    ...(source.checksum === undefined ? [] : ["--sha256", source.checksum]),
    ...(hasOwnDependencies
      ? ["--deps", `${PATHS.revision}/${REVISION_KEYS.dependencies}`, "--deps-name", dependenciesName]
      : []),
    ...["--into", PATHS.code],
    ...["--report", TERMINATION_MESSAGE_PATH],
  ];
  return renderPhase(plan, {
    phase: "prepare",
    image: plan.config.provisionImage,
    command,
    env: networkEnv(plan),
    volumeMounts: [{ name: VOLUMES.revision, mountPath: PATHS.revision, readOnly: true }],
  });
}

function renderInstall(plan: Plan, image: RuntimeImage, runtime: Runtime): Container {
  const npmrc = plan.spec.npmrcSecret;
  return renderPhase(plan, {
    phase: "install",
    image: image.image,
    command: toCommand(image.command),
    workingDir: PATHS.code,
    env: [
      ...(plan.container.env ?? []),
      { name: "KUBELESS_INSTALL_VOLUME", value: PATHS.code },
      { name: "KUBELESS_DEPS_FILE", value: `${PATHS.code}/${runtime.dependenciesName}` },
      ...(npmrc ? [{ name: "NPM_CONFIG_USERCONFIG", value: `${PATHS.npmrc}/.npmrc` }] : []),
      ...mapEnv(image.env),
    ],
    volumeMounts: [
      ...secretMounts(image),
      ...(npmrc ? [{ name: VOLUMES.npmrc, mountPath: PATHS.npmrc, readOnly: true }] : []),
    ],
  });
}

function renderCompile(plan: Plan, source: SourcePlan, image: RuntimeImage): Container {
  return renderPhase(plan, {
    phase: "compile",
    image: image.image,
    command: toCommand(image.command),
    workingDir: PATHS.code,
    env: [
      ...(plan.container.env ?? []),
      { name: "KUBELESS_INSTALL_VOLUME", value: PATHS.code },
      { name: "KUBELESS_FUNC_NAME", value: source.handler.functionName },
      ...mapEnv(image.env),
    ],
    volumeMounts: secretMounts(image),
  });
}

/** Where the kubelet reads a container's last words from. */
const TERMINATION_MESSAGE_PATH = "/dev/termination-log";

type PhaseContainer = Pick<Container, "image" | "workingDir"> & {
  readonly phase: Phase;
  readonly command: readonly string[];
  readonly env: readonly EnvVar[];
  readonly volumeMounts: readonly VolumeMount[];
};

function renderPhase(
  plan: Plan,
  { phase, command, env, volumeMounts, ...container }: PhaseContainer,
): Container {
  const { initContainers = [], containers = [] } = plan.podOverrides;
  const others = [plan.name, ...[...initContainers, ...containers.slice(1)].map(({ name }) => name)];
  const resources = initContainers[0]?.resources;
  const shared = [
    { name: VOLUMES.code, mountPath: PATHS.code },
    { name: VOLUMES.temporary, mountPath: PATHS.temporary },
  ];
  return {
    name: toPhaseName(phase, others),
    ...container,
    ...(command.length > 0 ? { command: [...command] } : {}),
    imagePullPolicy: "IfNotPresent",
    ...(env.length > 0 ? { env: byKey(env, ({ name }) => name) } : {}),
    volumeMounts: byKey(
      [...shared, ...volumeMounts, ...certificateMounts(plan)],
      ({ mountPath }) => mountPath,
    ),
    ...(resources === undefined ? {} : { resources }),
    terminationMessagePolicy: "FallbackToLogsOnError",
    securityContext: restrictContainer(undefined, { readOnlyRoot: true }),
  };
}

/** The catalogue is the administrator's: a line of shell in it is theirs, a list is taken word by word. */
function toCommand(command: string | readonly string[] | undefined): readonly string[] {
  if (command === undefined || command === "") return [];
  return typeof command === "string" ? ["sh", "-c", command] : command;
}

const SECRETS_FOLDER = "/var/run/secrets/kubeless.io";

function secretMounts(image: RuntimeImage): VolumeMount[] {
  return image.secrets.map(({ name }) => ({
    name: `secret-${name}`,
    mountPath: `${SECRETS_FOLDER}/${name}`,
    readOnly: true,
  }));
}

const PROXY_VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"].flatMap((name) => [
  name,
  name.toLowerCase(),
]);
const CERTIFICATE_VARIABLES = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "NPM_CONFIG_CAFILE"];

/** The user's proxies and certificates, which a download needs as much as the function does; nothing else of theirs. */
function networkEnv(plan: Plan): EnvVar[] {
  const names = new Set([...PROXY_VARIABLES, ...CERTIFICATE_VARIABLES]);
  const own = (plan.container.env ?? []).filter(({ name }) => names.has(name));
  return own.length === 0 ? [] : [...own, { name: "NODE_USE_ENV_PROXY", value: "1" }];
}

/** The user's mounts that hold the certificates those variables name. */
function certificateMounts(plan: Plan): VolumeMount[] {
  const files = (plan.container.env ?? [])
    .filter(({ name }) => CERTIFICATE_VARIABLES.includes(name))
    .map(({ value }) => value ?? "");
  return (plan.container.volumeMounts ?? []).filter(({ mountPath }) =>
    files.some((file) => file === mountPath || file.startsWith(`${mountPath.replace(/\/$/, "")}/`)),
  );
}
