// Says so when a passkey ceremony fails: the browser itself often says nothing.
(() => {
  "use strict";
  document.addEventListener("allauth.error", (event) => {
    const problem = document.getElementById("passkey_problem");
    if (!problem) return;
    event.preventDefault();
    problem.hidden = false;
    problem.scrollIntoView({ block: "nearest" });
  });
})();
