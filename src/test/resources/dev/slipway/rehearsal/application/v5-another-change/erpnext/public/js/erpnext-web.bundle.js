window.erpnext = { version: "16.35.0" };
