require "yaml"

class ImportsController < ApplicationController
  def create
    rows = YAML.safe_load(request.body.read, aliases: false)
    render json: rows
  end
end
