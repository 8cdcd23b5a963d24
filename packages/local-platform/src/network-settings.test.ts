import { expect, test } from "vitest";
import { pickNetworkSettings } from "./network-settings.ts";

test("proxy, certificates and the registry reach functions, and nothing else of the environment does", () => {
  const wanted = {
    HTTPS_PROXY: "http://proxy:3128",
    no_proxy: "localhost",
    NODE_EXTRA_CA_CERTS: "/ca.pem",
    npm_config_registry: "http://registry",
  };
  const unwanted = {
    AWS_SECRET_ACCESS_KEY: "x",
    HOME: "/root",
    npm_config_authToken: "x",
    PATH: "/bin",
    MY_HTTP_PROXY: "x",
    SSL_CERT_FILE: undefined,
  };
  expect(pickNetworkSettings({ ...wanted, ...unwanted })).toEqual(wanted);
});
