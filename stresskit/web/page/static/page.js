// What HTML and htmx leave open: dropping a file, showing the slider's number, saying
// that the server is silent. Nothing here computes a figure.
(() => {
  "use strict";

  const drop = document.querySelector("[data-drop]");
  const field = drop && drop.querySelector("input[type=file]");
  if (field) {
    const over = (on) => (event) => {
      event.preventDefault();
      drop.classList.toggle("over", on);
    };
    drop.addEventListener("dragenter", over(true));
    drop.addEventListener("dragover", over(true));
    drop.addEventListener("dragleave", over(false));
    drop.addEventListener("drop", (event) => {
      over(false)(event);
      if (!event.dataTransfer.files.length) return;
      const one = new DataTransfer();
      one.items.add(event.dataTransfer.files[0]);
      field.files = one.files;
      field.dispatchEvent(new Event("change"));
      field.focus();
    });
    // What the server would refuse need not be sent first.
    field.addEventListener("change", () => {
      const file = field.files[0];
      const large = file && file.size > Number(field.dataset.most);
      field.setCustomValidity(large ? field.dataset.tooLarge : "");
      field.reportValidity();
    });
  }

  document.addEventListener("input", (event) => {
    const shown = event.target.dataset.shown;
    if (shown) document.getElementById(shown).value = event.target.value;
  });

  // A form that takes a while is sent once.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-once]")) return;
    if (form.getAttribute("aria-busy") === "true") event.preventDefault();
    form.setAttribute("aria-busy", "true");
  });
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[aria-busy]"))
      form.removeAttribute("aria-busy");
  });

  document.addEventListener("htmx:error", () => {
    const notice = document.getElementById("notice");
    if (notice) notice.textContent = notice.dataset.silent;
  });
  document.addEventListener("htmx:after:request", () => {
    const notice = document.getElementById("notice");
    if (notice) notice.textContent = "";
  });
})();
