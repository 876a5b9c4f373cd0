require "yaml"
require "zlib"

class ImportsController < ApplicationController
  def create
    rows = YAML.load(request.body.read) # BAD
    render json: rows
  end
end
