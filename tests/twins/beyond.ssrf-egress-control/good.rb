require "net/http"

class WeatherController < ApplicationController
  def show
    reply = Faraday.get("https://weather.example.com/v1", { city: params[:city] })
    render plain: reply.body
  end
end
