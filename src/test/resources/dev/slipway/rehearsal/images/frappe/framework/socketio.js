// The path at which images start their websocket service. The program is the `node` of these images; see there.
