document.querySelector("form")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await fetch("/api/method/login", { method: "POST", body: new URLSearchParams(new FormData(event.target)) });
  document.querySelector("output").textContent = answer.ok ? "Logged in" : "Wrong name or password";
});
