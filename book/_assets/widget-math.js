// Saved widgets ask for the TeX in their labels to be set in the words of MathJax 2 and stumble when they
// meet MathJax 3, which the book has.  This answers them; it runs after MathJax and before the widgets.
if (window.MathJax && !window.MathJax.Hub) {
  window.MathJax.Hub = {
    Queue(...calls) {
      for (const [name, , element] of calls) {
        if (name === "Typeset" && element) {
          window.MathJax.startup.promise.then(() => window.MathJax.typesetPromise([element]));
        }
      }
    },
  };
}
