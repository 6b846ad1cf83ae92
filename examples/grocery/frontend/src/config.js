/**
 * Where the backend is, as the container was told when it started (entrypoint.sh writes /config.js). Nothing means the
 * page's own host: that is where the load balancer sends /api to the backend.
 */
export function server(told = globalThis.GROCERY) {
  return (told?.server ?? '').replace(/\/+$/, '');
}
