class NamesController < ApplicationController
  SHAPE = /\A\w+(?:\s\w+)*\z/

  def check
    head(SHAPE.match?(params[:name]) ? :ok : :bad_request)
  end

  def search
    found = Member.names.grep(Regexp.new(Regexp.escape(params[:pattern])))
    render json: found
  end
end
