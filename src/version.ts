// The version of the server; the build inserts the commit.
import manifest from '../package.json' with { type: 'json' };

declare const BUILD_SHA: string | undefined;

export const version = {
  version: manifest.version,
  git_sha: typeof BUILD_SHA === 'string' ? BUILD_SHA : 'unknown',
};
