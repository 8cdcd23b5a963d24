import { cpSync, existsSync, mkdirSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import type { Clock } from "../api/cluster-api.ts";
import { type VolumeFiles, writeAtomically } from "./atomic-writer.ts";
import { expand } from "./environment.ts";
import type { Mount } from "./mounts.ts";
import { allContainers, type Container, type Pod, type Volume } from "./pod.ts";
import { MountError, renderVolume, type TokenRequest, type VolumeSources } from "./volume-files.ts";

/** Where Kubernetes puts a pod's credentials. */
const serviceAccountPath = "/var/run/secrets/kubernetes.io/serviceaccount";

/** A volume that could not be set up, by name. */
export class VolumeError extends MountError {
  readonly volume: string;

  constructor(volume: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.volume = volume;
  }
}

/** The volumes of one pod, as folders below the pod's own. */
export class PodVolumes {
  readonly #folder: string;
  readonly #sources: VolumeSources;
  readonly #issueToken: VolumeSources["issueToken"];
  readonly #clock: Clock;
  readonly #written = new Map<string, VolumeFiles>();
  readonly #tokens = new Map<string, { token: string; renewAt: number }>();
  #generation = 0;

  constructor(folder: string, sources: VolumeSources, clock: Clock) {
    this.#folder = folder;
    this.#sources = { ...sources, issueToken: (request) => this.#token(request) };
    this.#issueToken = (request) => sources.issueToken(request);
    this.#clock = clock;
  }

  /** Makes the folders and writes what has changed since the last call. Throws VolumeError. */
  write(pod: Pod): void {
    for (const volume of pod.spec.volumes ?? []) {
      try {
        this.#writeOne(pod, volume);
      } catch (error) {
        throw new VolumeError(volume.name, error);
      }
    }
    this.#linkCredentials(pod);
  }

  /** When a token must be written anew, in milliseconds since the epoch. */
  get renewAt(): number | undefined {
    return [...this.#tokens.values()].map(({ renewAt }) => renewAt).sort((a, b) => a - b)[0];
  }

  /** Where a container's mount paths are; files of a subPath are copied, as they do not follow changes. */
  mounts(pod: Pod, container: Container, variables: Readonly<Record<string, string>>): Mount[] {
    const volumes = new Map((pod.spec.volumes ?? []).map((volume) => [volume.name, volume]));
    const mounts = (container.volumeMounts ?? []).map((mount, index) => {
      const volume = volumes.get(mount.name);
      if (volume === undefined) throw new MountError(`volume "${mount.name}" is not in the pod's spec`);
      const subPath = mount.subPathExpr ? expand(mount.subPathExpr, variables) : mount.subPath;
      const hostPath = this.#subPath(
        volume,
        subPath,
        join(this.#folder, "containers", container.name, `mount-${index}`),
      );
      return { mountPath: posix.normalize(mount.mountPath), hostPath };
    });
    linkNested(mounts);
    return mounts;
  }

  folderOf(volume: Volume): string {
    return volume.hostPath?.path ?? join(this.#folder, "volumes", volume.name);
  }

  #writeOne(pod: Pod, volume: Volume): void {
    const folder = this.folderOf(volume);
    const files = renderVolume(this.#sources, pod, volume);
    if (files === undefined) {
      makePlain(volume, folder);
    } else if (!isSame(files, this.#written.get(volume.name))) {
      this.#generation += 1;
      writeAtomically(folder, files, `${this.#clock.now()}_${this.#generation}`);
      this.#written.set(volume.name, files);
    }
  }

  /** `<pod>/serviceaccount`: where the preload finds what Kubernetes mounts at `serviceAccountPath`. */
  #linkCredentials(pod: Pod): void {
    const mounts = allContainers(pod.spec).flatMap(({ volumeMounts = [] }) => volumeMounts);
    const name = mounts.find(({ mountPath }) => mountPath === serviceAccountPath)?.name;
    const link = join(this.#folder, "serviceaccount");
    if (name !== undefined && !existsSync(link)) symlinkSync(join("volumes", name), link);
  }

  #subPath(volume: Volume, subPath: string | undefined, copy: string): string {
    const folder = this.folderOf(volume);
    if (subPath === undefined || subPath === "") return folder;
    const clean = posix.normalize(subPath);
    if (clean.startsWith("..") || clean.startsWith("/"))
      throw new MountError(`subPath "${subPath}" leads out of the volume`);
    const target = join(folder, clean);
    if (!this.#written.has(volume.name)) {
      if (!existsSync(target)) mkdirSync(target, { recursive: true });
      return target;
    }
    rmSync(copy, { recursive: true, force: true });
    if (existsSync(target)) cpSync(realpathSync(target), copy, { recursive: true, dereference: true });
    else mkdirSync(copy, { recursive: true });
    return copy;
  }

  /** Tokens are renewed after 80 % of their life, as the kubelet does. */
  #token(request: TokenRequest): string {
    const key = JSON.stringify([request.audiences, request.expirationSeconds]);
    const known = this.#tokens.get(key);
    if (known !== undefined && known.renewAt > this.#clock.now()) return known.token;
    const token = this.#issueToken(request);
    this.#tokens.set(key, { token, renewAt: this.#clock.now() + request.expirationSeconds * 800 });
    return token;
  }
}

function makePlain(volume: Volume, folder: string): void {
  if (volume.emptyDir) {
    mkdirSync(folder, { recursive: true });
  } else if (volume.hostPath) {
    if (volume.hostPath.type === "DirectoryOrCreate") mkdirSync(folder, { recursive: true });
    if (!existsSync(folder)) throw new MountError(`hostPath type check failed: ${folder} does not exist`);
  } else {
    const kind = Object.keys(volume).find((key) => key !== "name") ?? "unknown";
    throw new MountError(
      `volumes of kind "${kind}" are not supported by the local cluster; use configMap, secret, projected, downwardAPI, emptyDir or hostPath`,
    );
  }
}

/** A mount inside another one appears there as a link. */
function linkNested(mounts: readonly Mount[]): void {
  for (const inner of mounts) {
    const outer = mounts.find((it) => it !== inner && inner.mountPath.startsWith(`${it.mountPath}/`));
    if (outer === undefined) continue;
    const link = join(outer.hostPath, inner.mountPath.slice(outer.mountPath.length));
    if (existsSync(link)) continue;
    mkdirSync(dirname(link), { recursive: true });
    rmSync(link, { force: true });
    symlinkSync(inner.hostPath, link);
  }
}

function isSame(a: VolumeFiles, b: VolumeFiles | undefined): boolean {
  if (a.size !== b?.size) return false;
  return [...a].every(([path, { data, mode }]) => {
    const other = b.get(path);
    return other !== undefined && other.mode === mode && other.data.equals(data);
  });
}
