// A classic script in the head: the kept theme must be in force before the first paint.
(() => {
  try {
    const kept = localStorage.getItem("callscribe.theme");
    if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
  } catch {
    // Storage may be forbidden; then the system's theme holds.
  }
})();
