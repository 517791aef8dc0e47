/// The page at `/`: a form, whose answer appears below it. It works without scripts too.
let page = """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Classify an image</title>
    <style>
    body { font: 16px/1.5 system-ui, sans-serif; max-width: 32rem; margin: 3rem auto; padding: 0 1rem; }
    img { max-width: 100%; max-height: 16rem; min-height: 7rem; display: block; margin: 1rem 0; }
    td { padding: .2rem 1rem .2rem 0; }
    meter { width: 10rem; }
    .error { color: #b00020; }
    </style>
    </head>
    <body>
    <h1>Classify an image</h1>
    <form action="/classify" method="post" enctype="multipart/form-data">
    <input type="file" name="image" accept="image/jpeg,image/png,image/webp" required>
    <button>Classify</button>
    </form>
    <img id="image" alt="" hidden>
    <div id="answer" aria-live="polite"></div>
    <script>
    const form = document.querySelector("form"), image = document.getElementById("image")
    const answer = document.getElementById("answer")
    form.addEventListener("submit", async event => {
        event.preventDefault()
        const file = form.elements.image.files[0]
        image.src = URL.createObjectURL(file)
        image.hidden = false
        answer.replaceChildren("…")
        try {
            const reply = await fetch("/classify", { method: "POST", body: new FormData(form) })
            const result = await reply.json()
            if (!reply.ok) throw new Error(result.error.message)
            const table = document.createElement("table")
            for (const { class: name, probability } of result.predictions) {
                const row = table.insertRow(), meter = document.createElement("meter")
                meter.value = probability
                row.insertCell().textContent = name
                row.insertCell().append(meter)
                row.insertCell().textContent = (100 * probability).toFixed(1) + " %"
            }
            answer.replaceChildren(table)
        } catch (error) {
            const line = document.createElement("p")
            line.className = "error"
            line.textContent = error.message
            answer.replaceChildren(line)
        }
    })
    </script>
    </body>
    </html>
    """
