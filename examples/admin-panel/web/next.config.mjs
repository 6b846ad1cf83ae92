/** @type {import('next').NextConfig} */
export default {
  // One folder with the server and only those packages that it uses: what the image gets.
  output: 'standalone',
  poweredByHeader: false,
  // Scripts and styles have their hash in their names, and Next has them kept for a year. This is for the other files.
  async headers() {
    return [
      {
        source: '/icons/:file*',
        headers: [{ key: 'Cache-Control', value: 'public, max-age=86400, stale-while-revalidate=604800' }],
      },
    ];
  },
};
