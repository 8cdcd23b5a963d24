import { join } from "node:path";

/** Names of an environment's settings for reaching the network, as Node, npm and curl know them. */
const names =
  /^(https?_proxy|no_proxy|all_proxy|node_extra_ca_certs|node_use_(env_proxy|system_ca)|ssl_cert_(file|dir)|npm_config_(registry|cafile|ca|proxy|https_proxy|noproxy|strict_ssl|userconfig|globalconfig))$/i;

/**
 * The proxy, certificate and registry settings of this machine, which functions need to fetch their source and their
 * dependencies where the machine itself needs them; npm's are those of the user's own configuration files, by their
 * paths. Nothing else of an environment reaches a function.
 */
export function pickNetworkSettings(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const picked = Object.entries(environment).filter(
    (entry): entry is [string, string] => names.test(entry[0]) && entry[1] !== undefined,
  );
  return { ...ownNpmrc(environment), ...Object.fromEntries(picked) };
}

/** Where npm looks when it is told nothing: a function's HOME is not the user's. */
function ownNpmrc({ HOME }: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return HOME === undefined ? {} : { npm_config_userconfig: join(HOME, ".npmrc") };
}
