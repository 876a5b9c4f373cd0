import logging
import os
import traceback

from fastapi import FastAPI
from flask import Flask

DEBUG = os.environ.get("DEBUG") == "1"
app = Flask(__name__)
app.config["DEBUG"] = False
api = FastAPI(debug=False)


class DevelopmentConfig:
    DEBUG = True


@app.errorhandler(Exception)
def failed(error):
    logging.error("failed: %s", traceback.format_exc())
    return {"error": "internal"}, 500


def show(text, debug=True):
    return text if debug else ""


if __name__ == "__main__":
    app.run(debug=DEBUG)
