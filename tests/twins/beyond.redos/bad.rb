class NamesController < ApplicationController
  SHAPE = /\A(\w+\s?)*\z/ # BAD

  def check
    head(SHAPE.match?(params[:name]) ? :ok : :bad_request)
  end

  def search
    found = Member.names.grep(Regexp.new(params[:pattern])) # BAD
    render json: found
  end
end
