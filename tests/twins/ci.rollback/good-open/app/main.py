from fastapi import FastAPI, HTTPException

app = FastAPI()


@app.get("/parcels/{number}")
def parcel(number: int) -> dict:
    if number < 0:
        raise HTTPException(404)
    return {"number": number}
