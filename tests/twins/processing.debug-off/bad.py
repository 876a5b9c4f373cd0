import traceback

from fastapi import FastAPI
from flask import Flask

DEBUG = True  # BAD
app = Flask(__name__)
app.config["DEBUG"] = True  # BAD
api = FastAPI(debug=True)  # BAD


@app.errorhandler(Exception)
def failed(error):
    return {"error": traceback.format_exc()}, 500  # BAD


if __name__ == "__main__":
    app.run(host="0.0.0.0", debug=True)  # BAD
