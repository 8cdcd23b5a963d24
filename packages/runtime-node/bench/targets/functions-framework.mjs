import { http } from "@google-cloud/functions-framework";
import { getTestServer } from "@google-cloud/functions-framework/testing";

http("echo", (request, response) => response.json(request.body));
getTestServer("echo").listen(Number(process.env.PORT));
