import type { Chapter } from "../transcript.ts";
import { image } from "./image.ts";

const program = "require('node:http').createServer((q, r) => r.end(process.env.GREETING)).listen(8080)";

const web = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
  labels: { app.kubernetes.io/instance: {{ .Release.Name }}, helm.sh/chart: {{ .Chart.Name }} }
spec:
  replicas: {{ .Values.replicas }}
  selector: { matchLabels: { app.kubernetes.io/instance: {{ .Release.Name }} } }
  template:
    metadata: { labels: { app.kubernetes.io/instance: {{ .Release.Name }} } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: main
          image: {{ .Values.image }}
          command: [node, -e, {{ .Values.program | quote }}]
          envFrom: [{ configMapRef: { name: {{ .Release.Name }} } }]
          ports: [{ name: http, containerPort: 8080 }]
          readinessProbe: { httpGet: { path: /, port: http }, periodSeconds: 1, timeoutSeconds: 5 }
---
apiVersion: v1
kind: Service
metadata: { name: {{ .Release.Name }} }
spec:
  selector: { app.kubernetes.io/instance: {{ .Release.Name }} }
  ports: [{ port: 80, targetPort: http }]
---
apiVersion: v1
kind: ConfigMap
metadata: { name: {{ .Release.Name }} }
data: { GREETING: {{ .Values.greeting }} }
`;

/** Work that must be done before the upgrade goes on. */
const hook = `apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-before
  annotations: { helm.sh/hook: pre-upgrade, helm.sh/hook-delete-policy: before-hook-creation }
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{ name: main, image: {{ .Values.image }}, command: [node, -p, "'before'"] }]
`;

/** A release's life with a chart of our own, by the helm that comes with kubectl's minor. */
export const helm: Chapter = {
  title: "helm",
  files: {
    "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\nappVersion: '1'\n",
    "chart/values.yaml": `replicas: 1\ngreeting: hello\nimage: ${image}\nprogram: "${program}"\n`,
    "chart/templates/web.yaml": web,
    "chart/templates/before.yaml": hook,
  },
  steps: [
    "helm install web chart --dry-run=server --set greeting=dry",
    "helm install web chart --wait --timeout 60s",
    "helm list",
    { run: "helm status web", unordered: true },
    "helm install web chart",
    "kubectl get deployment web -o jsonpath={.status.readyReplicas},{.metadata.labels}",
    "kubectl get secrets -o jsonpath='{.items[*].type}'",
    "kubectl get --raw /api/v1/namespaces/NAMESPACE/services/web:80/proxy/",
    "helm upgrade web chart --set replicas=2 --set greeting=hi --wait --timeout 60s",
    "kubectl get deployment web -o jsonpath={.status.readyReplicas},{.status.updatedReplicas}",
    "kubectl get configmap web -o jsonpath={.data}",
    "kubectl logs job/web-before",
    "helm get values web",
    { run: "helm upgrade web chart --set program=process.exit(1) --wait --timeout 4s", codeOnly: true },
    "helm list --failed --short",
    "helm rollback web 1 --wait --timeout 60s",
    "kubectl get deployment web -o jsonpath={.spec.replicas},{.status.readyReplicas},{.status.updatedReplicas}",
    "kubectl get configmap web -o jsonpath={.data}",
    "helm history web --max 1",
    "helm uninstall web --wait --timeout 60s",
    "helm list",
    "kubectl get deployments,services,secrets",
    "helm status web",
  ],
};
