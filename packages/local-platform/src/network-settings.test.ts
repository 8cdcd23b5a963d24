import { expect, test } from "vitest";
import { pickNetworkSettings } from "./network-settings.ts";

test("proxy, certificates and the registry reach functions, and nothing else of the environment does", () => {
  const wanted = {
    HTTPS_PROXY: "http://proxy:3128",
    no_proxy: "localhost",
    NODE_EXTRA_CA_CERTS: "/ca.pem",
    NODE_USE_SYSTEM_CA: "1",
    npm_config_registry: "http://registry",
    npm_config_globalconfig: "/usr/etc/npmrc",
    npm_config_userconfig: "/home/ada/.config/npmrc",
  };
  const unwanted = {
    AWS_SECRET_ACCESS_KEY: "x",
    HOME: "/home/ada",
    npm_config_authToken: "x",
    PATH: "/bin",
    MY_HTTP_PROXY: "x",
    SSL_CERT_FILE: undefined,
  };
  expect(pickNetworkSettings({ ...wanted, ...unwanted })).toEqual(wanted);
});

test("npm of a function reads the user's own .npmrc, wherever the function's home is", () => {
  expect(pickNetworkSettings({ HOME: "/home/ada" })).toEqual({ npm_config_userconfig: "/home/ada/.npmrc" });
});
