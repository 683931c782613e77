// Puts a drawing that Python made (formcheck/web/pieces/camera_place.py) on the page.

export default function ({ data, parentElement }) {
  let holder = parentElement.querySelector(".holder");
  if (!holder) {
    holder = document.createElement("div");
    holder.className = "holder";
    parentElement.append(holder);
  }
  if (holder.drawn !== data.svg) {
    holder.drawn = data.svg;
    holder.innerHTML = data.svg;
  }
}
