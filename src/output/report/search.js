
(() => {
  const box = document.querySelector(".search");
  const field = document.getElementById("search");
  const found = document.getElementById("found");
  const all = [...document.querySelectorAll("[data-text]")];
  box.hidden = false;
  const look = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const one of all) {
      const fits = words.every((word) => one.dataset.text.includes(word));
      one.hidden = !fits;
      shown += fits;
    }
    found.textContent = words.length ? shown + " of " + all.length : "";
  };
  field.addEventListener("input", look);
  look();
})();
