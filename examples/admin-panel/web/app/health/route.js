// Not made when the image is built: whoever balances wants to hear from this process.
export const dynamic = 'force-dynamic';

export function GET() {
  return Response.json({ status: 'ok', version: process.env.NEXT_PUBLIC_VERSION });
}
