import { getTestServer } from "@google-cloud/functions-framework/testing";
import { http } from "@google-cloud/functions-framework";

http("echo", (request, response) => response.json(request.body));
getTestServer("echo").listen(Number(process.env.PORT));
